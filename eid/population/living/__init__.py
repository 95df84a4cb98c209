"""How a country lives on: whom what befalls by national rates, drawn by counting chance, decided by eid.population.life."""
