"""Makes the environments known to Gymnasium, once, however often it is asked to."""

from __future__ import annotations

from habilis.envs.tasks import tasks


def register() -> None:
    """Register all ids that are not registered yet. Cheap: no scene is read, no MuJoCo loaded."""
    # Imported here, as Gymnasium below 1.0 calls this while it is itself being imported.
    import gymnasium

    for id in tasks():
        if id not in gymnasium.registry:
            gymnasium.register(
                id=id,
                entry_point="habilis.envs.tool_env:ToolEnv",
                vector_entry_point="habilis.envs.vector_env:ToolVectorEnv",
                kwargs={"task": id},
            )
