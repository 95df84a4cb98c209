"""What people come for, a module a family of acts; eid.scenarios.acts.repertoire has the table. Loads gevent."""
