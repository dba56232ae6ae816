-- 节点完备率 = nodes with at least one listed enterprise / nodes
-- %(chain)s, %(node)s, %(station)s, %(union_path)s: null takes all. D is the earlier of %(as_of)s and the last day before %(end)s.
WITH d AS (
    SELECT least(%(as_of)s::date, %(end)s::date - 1) AS day
), in_scope AS (
    SELECT entry.enterprise_id, entry.station_id
    FROM enterprises_registerentry AS entry
    CROSS JOIN d
    JOIN stations_station AS station ON station.id = entry.station_id
    JOIN stations_tradeunion AS tradeunion ON tradeunion.id = station.union_id
    WHERE lower(entry.term) <= d.day AND (upper(entry.term) IS NULL OR upper(entry.term) > d.day)
      AND (%(station)s::bigint IS NULL OR entry.station_id = %(station)s::bigint)
      AND (%(union_path)s::text IS NULL OR left(tradeunion.path, length(%(union_path)s::text)) = %(union_path)s::text)
), on_nodes AS (
    SELECT DISTINCT place.enterprise_id, place.node_id, node.chain_id
    FROM enterprises_chainmembership AS place
    CROSS JOIN d
    JOIN enterprises_chainnode AS node ON node.id = place.node_id
    WHERE lower(place.term) <= d.day AND (upper(place.term) IS NULL OR upper(place.term) > d.day)
), cut AS (
    SELECT enterprise_id, station_id FROM in_scope
    WHERE (%(chain)s::bigint IS NULL AND %(node)s::bigint IS NULL)
       OR enterprise_id IN (
            SELECT enterprise_id FROM on_nodes
            WHERE (%(chain)s::bigint IS NULL OR chain_id = %(chain)s::bigint)
              AND (%(node)s::bigint IS NULL OR node_id = %(node)s::bigint)
          )
), answered AS (
    SELECT DISTINCT duty.enterprise_id
    FROM grids_responsibility AS duty
    CROSS JOIN d
    WHERE duty.role = 'grid_officer'
      AND lower(duty.term) <= d.day AND (upper(duty.term) IS NULL OR upper(duty.term) > d.day)
), listed AS (
    SELECT cut.enterprise_id, cut.station_id FROM cut JOIN answered USING (enterprise_id)
)
, wanted AS (
    SELECT node.id FROM enterprises_chainnode AS node
    WHERE (%(chain)s::bigint IS NULL OR node.chain_id = %(chain)s::bigint)
      AND (%(node)s::bigint IS NULL OR node.id = %(node)s::bigint)
      AND (%(chain)s::bigint IS NOT NULL OR %(node)s::bigint IS NOT NULL OR %(union_path)s::text IS NULL OR node.chain_id IN (
            SELECT chain.id FROM enterprises_chain AS chain
            JOIN stations_tradeunion AS owner ON owner.id = chain.union_id
            WHERE left(owner.path, length(%(union_path)s::text)) = %(union_path)s::text
          ))
), complete AS (
    SELECT DISTINCT on_nodes.node_id
    FROM on_nodes
    JOIN in_scope USING (enterprise_id)
    JOIN answered USING (enterprise_id)
)
SELECT (SELECT count(*) FROM wanted WHERE id IN (SELECT node_id FROM complete)) AS n, (SELECT count(*) FROM wanted) AS d;
