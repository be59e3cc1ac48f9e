#!/bin/bash
# Everything here runs once, and exactly once.
yum install -y python27 postgresql mysql
cat > /etc/cron.d/chain <<'CRON'
0 * * * *    root  /opt/jobs/refresh_holders.py --db 172.30.20.10
*/10 * * * * root  /opt/jobs/token_supply.sh 172.30.20.10
5 0 * * *    root  /opt/jobs/invoices.py --users ${users_db} --reports ${reports_db}
30 1 * * *   root  /opt/jobs/vacuum.sh 172.30.20.10
0 6 * * 1    root  /opt/jobs/weekly_mail.py --users ${users_db}
# 15 4 * * * root  /opt/jobs/cleanup_bsc.sh     # ask jake
CRON
service crond start
