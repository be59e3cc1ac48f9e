#!/bin/bash
mkfs -t xfs /dev/nvme1n1 2>/dev/null; mkdir -p /data; mount /dev/nvme1n1 /data
yum install -y docker
systemctl enable --now docker
cat > /data/prometheus.yml <<'CONF'
scrape_configs:
  - job_name: indexers
    ec2_sd_configs: [{ region: us-east-1, port: 9100, filters: [{ name: "tag:Name", values: ["*index*"] }] }]
  - job_name: brokers
    static_configs: [{ targets: ["172.30.10.41:7071", "172.30.11.41:7071"] }] # kafka3 is missing
CONF
docker run -d --restart always -p 9090:9090 -v /data:/data prom/prometheus:v2.26.0 --config.file=/data/prometheus.yml --storage.tsdb.path=/data/tsdb
docker run -d --restart always -p 3000:3000 -v /data/grafana:/var/lib/grafana grafana/grafana:7.5.2
${agent}
