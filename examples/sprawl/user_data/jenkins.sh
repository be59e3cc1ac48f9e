#!/bin/bash
# Builds and deploys everything; builds run in Docker on this machine. Home is on /dev/sdf.
mount /dev/xvdf /var/lib/jenkins
yum install -y java-1.8.0-openjdk docker jenkins
usermod -aG docker jenkins
cat > /var/lib/jenkins/deploy.sh <<'SH'
# deploy.sh SERVICE: copies the build to where the service runs and restarts it
case $1 in
  api)      hosts="172.30.10.21 172.30.11.21 172.30.12.21" ;;
  graphql)  hosts="172.30.10.31 172.30.11.31" ;;
  webhooks) hosts="172.30.0.20" ;;
  jobs)     hosts="172.30.10.70" ;;
  *)        hosts=$(aws ec2 describe-instances --filters "Name=tag:Name,Values=*$1*" --query 'Reservations[].Instances[].PrivateIpAddress' --output text) ;;
esac
for host in $hosts; do
  scp -r build/* ec2-user@$host:/opt/$1/current/ && ssh ec2-user@$host sudo systemctl restart $1
done
SH
service docker start
service jenkins start
