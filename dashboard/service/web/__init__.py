"""What stands between the network and the servers of the app and the gate API: connections, hosts, origins, headers, media."""
