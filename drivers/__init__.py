"""How the register reaches the world: one technology in each file, behind the ports."""
