-- 联系覆盖率 = listed enterprises with an effective contact in the period, up to D / listed.
-- Written independently from the definitions (§3 "Effective contact"). Any mode; whose contact it is does not matter.
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
reached as (
    select contact.enterprise_id as id from stand, visits_visit contact
    where contact.outcome in ('met', 'contacted') and contact.visited_on >= %(start)s::date and contact.visited_on <= d
)
select count(reached.id) as n, count(*) as d
from listed left join (select distinct id from reached) reached using (id)
