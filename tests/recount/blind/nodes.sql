-- 节点完备率 = nodes with at least one listed enterprise ÷ nodes, of a chain or of one node
SELECT count(*) FILTER (WHERE EXISTS (
    SELECT FROM enterprises_chainmembership place JOIN listed ON listed.id = place.enterprise_id, the_day
    WHERE place.node_id = node.id AND lower(place.term) <= d AND (upper(place.term) IS NULL OR d < upper(place.term))
)), count(*)
FROM enterprises_chainnode node
WHERE node.id = coalesce(%(node)s, node.id) AND node.chain_id = coalesce(%(chain)s, node.chain_id)
