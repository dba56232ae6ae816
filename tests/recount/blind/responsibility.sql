-- 包保覆盖率 = listed ÷ in-scope
SELECT (SELECT count(*) FROM listed), (SELECT count(*) FROM in_scope)
