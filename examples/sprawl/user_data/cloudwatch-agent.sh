
# CloudWatch agent, for memory and disk
yum install -y amazon-cloudwatch-agent
cat > /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json <<'JSON'
{
  "metrics": {
    "aggregation_dimensions": [["InstanceId"]],
    "append_dimensions": { "InstanceId": "${aws:InstanceId}" },
    "metrics_collected": {
      "mem": { "measurement": ["mem_used_percent"], "metrics_collection_interval": 300 },
      "disk": { "measurement": ["used_percent"], "resources": ["/"], "metrics_collection_interval": 300 }
    }
  }
}
JSON
systemctl enable --now amazon-cloudwatch-agent
