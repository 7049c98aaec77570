"""How the models are made: labelled and simulated objects in, model files out. Seeded."""
