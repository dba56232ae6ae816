-- 按期率 = meeting contact's date inside the window ÷ due set; due set = window end in P and before D, not 取消 (by D) / 豁免;
-- an enterprise's total takes the officer's role, and contact measures divide by listed ∩ in-scope. Two readings are not said
-- there and taken from decision 5: D ends at 24:00, so a window that closes on D has ended; what was owed at a former station
-- stays in its past.
SELECT count(*) FILTER (WHERE owed.met_on >= owed.opens AND owed.met_on <= owed.closes), count(*)
FROM visits_obligation owed JOIN listed ON listed.id = owed.enterprise_id AND listed.station_id = owed.station_id, the_day
WHERE owed.role = 'grid_officer'
  AND owed.closes >= %(start)s AND owed.closes <= d
  AND NOT coalesce(owed.cancelled_on <= d, false) AND owed.exempt_reason = ''
