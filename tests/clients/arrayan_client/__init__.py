"""Our own client against a server that is stopped, started, filled and looked into. What needs no hold on the
server is tested in clients/arrayan-client/tests, in an environment of its own."""
