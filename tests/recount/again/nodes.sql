-- 节点完备率 = nodes with at least one listed enterprise / nodes. Written independently from the definitions (§3 "Chain").
-- The nodes are those of the chain; without one, of all chains, with a union those of its subtree.
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
held as (
    select seat.node_id from stand, enterprises_chainmembership seat join listed on listed.id = seat.enterprise_id
    where lower(seat.term) <= d and coalesce(upper(seat.term) > d, true)
)
select count(*) filter (where node.id in (select node_id from held)) as n, count(*) as d
from enterprises_chainnode node
join enterprises_chain chain on chain.id = node.chain_id
join stations_tradeunion body on body.id = chain.union_id
where coalesce(chain.id = %(chain)s::bigint, true) and coalesce(node.id = %(node)s::bigint, true)
  and (%(chain)s::bigint is not null or %(node)s::bigint is not null
       or coalesce(starts_with(body.path, %(union_path)s::text), true))
