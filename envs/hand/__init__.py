"""A multi-fingered hand that holds a tool in a ``World``, and the search for grasps.

A hundred hands that close tweezers half-way::

    compiled = compile_hand("leap", make_tool("tweezers"))
    found = load_grasps("leap", "tweezers")
    found.check(compiled.model)
    rows = [found.grasps[i % len(found)] for i in range(100)]
    world, ids = Holding(compiled, 100), np.arange(100)
    world.reset(ids, rows)
    synergies = Synergies(rows)
    u = synergies.hold
    for _ in range(60):
        error = 0.5 * compiled.in_hand.tool.joint.stroke - world.opening
        u = np.clip(u + 0.1 * error, *synergies.limits.T)
        world.step(compiled.in_hand.hand.command(synergies.joints(u)))
"""
