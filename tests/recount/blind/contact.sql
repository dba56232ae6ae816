-- 联系覆盖率 = |{e listed: C_e ≥ 1}| ÷ |listed|; an effective contact has the outcome 已走访 or 已联系(电话)
SELECT count(*) FILTER (WHERE contacts > 0), count(*)
FROM listed
CROSS JOIN LATERAL (
    SELECT count(DISTINCT made.visited_on) AS contacts
    FROM visits_visit made, the_day
    WHERE made.enterprise_id = listed.id AND made.outcome = ANY (ARRAY['met', 'contacted'])
      AND made.visited_on >= %(start)s AND made.visited_on <= d
) of_each
