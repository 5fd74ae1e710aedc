"""Studio: a scene live in the browser, to watch, plan, teleoperate and edit.

``session`` owns the world in a thread of its own and is used without a browser too; ``actors`` and
``teleop`` are who acts in it, ``editing`` changes scenes. ``browser`` shows it to as many viewers
as come; it asks the session and draws its moments.
"""
