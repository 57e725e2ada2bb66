CREATE USER IF NOT EXISTS 'labroot'@'127.0.0.1' IDENTIFIED BY '{secret}';
GRANT ALL ON *.* TO 'labroot'@'127.0.0.1' WITH GRANT OPTION;
CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}';
GRANT ALL ON `lab\_%`.* TO '{user}'@'%';
