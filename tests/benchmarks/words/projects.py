"""The projects that are left out, one at a time, to measure the model of words. Named before anything was trained.

They are of different kinds and languages; what else their organisation wrote is left out with them.
"""

LEFT_OUT = (
    "openstack/neutron",
    "apache/activemq",
    "moby/moby",
    "rabbitmq/rabbitmq-server",
    "haproxy/haproxy",
    "asterisk/asterisk",
    "jellyfin/jellyfin",
    "tikv/tikv",
    "NetworkManager/NetworkManager",
    "fledge-iot/fledge",
)
