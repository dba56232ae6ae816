-- Written independently from the definitions. The day D, who is in scope on it, and who of these is listed.
-- DEFINITIONS §3 "The day and the denominators": D = min(as_of, last day of the period), at its end.
WITH the_day AS (
    SELECT least(%(as_of)s::date, %(end)s::date - 1) AS d
),
in_scope AS (
    SELECT entry.enterprise_id AS id, entry.station_id
    FROM enterprises_registerentry entry, the_day
    WHERE lower(entry.term) <= d
      AND (upper(entry.term) IS NULL OR d < upper(entry.term))
      AND (%(station)s::bigint IS NULL OR entry.station_id = %(station)s)
      AND (%(union_path)s::text IS NULL OR entry.station_id IN (
            SELECT station.id FROM stations_station station JOIN stations_tradeunion holder ON holder.id = station.union_id
            WHERE left(holder.path, length(%(union_path)s)) = %(union_path)s))
      AND (coalesce(%(chain)s::bigint, %(node)s::bigint) IS NULL OR entry.enterprise_id IN (
            SELECT place.enterprise_id FROM enterprises_chainmembership place
            WHERE lower(place.term) <= d AND (upper(place.term) IS NULL OR d < upper(place.term))
              AND place.chain_id = coalesce(%(chain)s, place.chain_id)
              AND place.node_id = coalesce(%(node)s, place.node_id)))
),
listed AS (
    SELECT DISTINCT duty.enterprise_id AS id, in_scope.station_id
    FROM grids_responsibility duty JOIN in_scope ON in_scope.id = duty.enterprise_id, the_day
    WHERE duty.role = 'grid_officer'
      AND lower(duty.term) <= d
      AND (upper(duty.term) IS NULL OR d < upper(duty.term))
)
