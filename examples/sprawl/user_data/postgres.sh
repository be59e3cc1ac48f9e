#!/bin/bash
mkfs -t ext4 /dev/nvme1n1 2>/dev/null; mkdir -p /var/lib/pgsql; mount /dev/nvme1n1 /var/lib/pgsql
amazon-linux-extras install -y postgresql12
%{ if primary == "" ~}
cat >> /var/lib/pgsql/data/postgresql.conf <<'CONF'
listen_addresses = '*'
shared_buffers = 8GB
wal_level = replica
max_wal_senders = 5
CONF
echo '0 2 * * * postgres pg_dump -Fc chain | aws s3 cp - s3://chain-db-backups/chain-$(date +\%F).dump' > /etc/cron.d/backup
%{ else ~}
sudo -u postgres pg_basebackup -h ${primary} -U replicator -D /var/lib/pgsql/data -R
%{ endif ~}
systemctl enable --now postgresql
${agent}
