#!/bin/bash
mkfs -t ext4 /dev/nvme1n1 2>/dev/null; mkdir -p /var/lib/clickhouse; mount /dev/nvme1n1 /var/lib/clickhouse
yum-config-manager --add-repo https://packages.clickhouse.com/rpm/clickhouse.repo
yum install -y clickhouse-server-21.8.15.7
sed -i 's/<!-- <listen_host>::<\/listen_host> -->/<listen_host>0.0.0.0<\/listen_host>/' /etc/clickhouse-server/config.xml
systemctl enable --now clickhouse-server
${agent}
