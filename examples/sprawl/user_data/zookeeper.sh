#!/bin/bash
# There should be three of these.
yum install -y java-11-amazon-corretto-headless
curl -s https://archive.apache.org/dist/kafka/2.3.1/kafka_2.12-2.3.1.tgz | tar xz -C /opt
/opt/kafka_2.12-2.3.1/bin/zookeeper-server-start.sh -daemon /opt/kafka_2.12-2.3.1/config/zookeeper.properties
