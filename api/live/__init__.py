"""Events as they happen, to many clients: one log of events per process, one execution per distinct subscription.

`event_log` reads new events once. A `group` runs one subscription for all who asked for the same; `hub` finds the
group, and lets who comes back catch up first. `websocket` and `event_stream` are the two ways to a client.
"""
