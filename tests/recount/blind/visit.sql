-- 走访覆盖率(实地) = the same with mode 实地走访 and outcome 已走访(见到人)
SELECT count(*) FILTER (WHERE listed.id IN (
    SELECT made.enterprise_id FROM visits_visit made, the_day
    WHERE made.mode = 'onsite' AND made.outcome = 'met' AND made.visited_on BETWEEN %(start)s AND d
)), count(*)
FROM listed
