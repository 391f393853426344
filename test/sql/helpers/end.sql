-- Ends what begin.sql began: the books are right.
SELECT * FROM credits.verify();
\c :home
DROP DATABASE :own;
