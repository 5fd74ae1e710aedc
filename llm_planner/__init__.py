"""Intent: from an instruction to a verified plan or program, by search or by a language model.

``model`` asks models, ``language`` words questions and reads answers, ``search`` plans without one,
``pipeline`` has proposals tried and mended, ``run`` executes, ``library`` keeps what worked,
``agents`` serves language agents, ``report`` shows runs, ``bench`` measures planners. ``solve`` is
a whole task, from instruction to film.
"""
