-- The brake and nothing else.
\ir policy_none.sql
SELECT credits.configure('{"brake": {"hour": {"warn": "1000000", "stop": "2000000"}, "day": {"warn": "4000000", "stop": "5000000"}}}') \g /dev/null
