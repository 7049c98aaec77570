"""A sky that we know: simulated objects, written as the packets of a survey, with their truth beside them.

From the sky to the packet, one file per step:

    population -> light_curves -> cadence + photometry_noise -> detection -> images -> packets -> night

Everything is reproducible from one integer seed.
"""
