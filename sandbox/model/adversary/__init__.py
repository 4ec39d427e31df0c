"""A model that means harm: seeded plays against whoever asks it, each told beforehand by `POST /adversary`."""
