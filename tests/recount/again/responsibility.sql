-- 包保覆盖率 = listed / in-scope. Written independently from the definitions (§3 "The day and the denominators").
-- Every set is taken on D, the earlier of as_of and the last day of the period; terms are [start, end).
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
in_scope as (select id from registered except select id from outside)
select (select count(*) from (select id from in_scope intersect select id from answered) listed) as n,
       (select count(*) from in_scope) as d
