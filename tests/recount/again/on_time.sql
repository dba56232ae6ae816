-- 按期率 = due set met inside the window / due set, over listed enterprises and the officer's role.
-- Written independently from the definitions (§3 "Window"). D is taken at its end: a window closing on D has closed.
-- The definitions do not say whose what was owed at a former station is; with decision 5 it is nobody's in the present.
with stand as (select least(%(as_of)s::date, %(end)s::date - 1) as d),
registered as (
    select entry.enterprise_id as id
    from stand, enterprises_registerentry entry
    join stations_station place on place.id = entry.station_id
    join stations_tradeunion body on body.id = place.union_id
    where lower(entry.term) <= d and coalesce(upper(entry.term) > d, true)
      and coalesce(place.id = %(station)s::bigint, true)
      and coalesce(starts_with(body.path, %(union_path)s::text), true)
),
outside as (  -- on a register, but not where the chain or the node asks for
    select id from registered
    where (%(chain)s::bigint is not null or %(node)s::bigint is not null)
    except
    select enterprise_id from stand, enterprises_chainmembership
    where lower(term) <= d and coalesce(upper(term) > d, true)
      and coalesce(chain_id = %(chain)s::bigint, true) and coalesce(node_id = %(node)s::bigint, true)
),
answered as (
    select enterprise_id as id from stand, grids_responsibility
    where role = 'grid_officer' and lower(term) <= d and coalesce(upper(term) > d, true)
),
listed as ((select id from registered except select id from outside) intersect select id from answered),
due_set as (
    select duty.met_on, duty.opens, duty.closes
    from stand, visits_obligation duty join listed on listed.id = duty.enterprise_id
    where duty.role = 'grid_officer' and duty.closes >= %(start)s::date and duty.closes <= d
      and duty.exempt_reason = '' and (duty.cancelled_on is null or duty.cancelled_on > d)  -- cancelled later: owed on D
      and exists (select from enterprises_registerentry entry
                  where entry.enterprise_id = duty.enterprise_id and entry.station_id = duty.station_id
                    and lower(entry.term) <= d and coalesce(upper(entry.term) > d, true))
)
select count(*) filter (where met_on >= opens and met_on <= closes) as n, count(*) as d from due_set
