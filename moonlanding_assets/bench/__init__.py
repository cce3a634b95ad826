"""How long things take here: every stage and the whole job measured, floors and targets beside."""
