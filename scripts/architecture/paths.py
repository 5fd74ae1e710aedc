"""Two ways through the code: of a command down to the motors, and of what is sensed back up."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Stop:
    """A place on a way through the code.

    Attributes:
      name: dotted, from the layer on; a test holds it to what the code defines.
      what: what happens there, in a few words.
    """

    name: str
    what: str

    @property
    def layer(self) -> str:
        """The layer it is in."""
        return self.name.split(".")[0]

    @property
    def label(self) -> str:
        """Its own name; of a function or method with its module or class before it."""
        *before, name = self.name.split(".")
        return name if name[0].isupper() else f"{before[-1]}.{name}"

    @property
    def folder(self) -> str:
        """The folder it is in, within its layer."""
        parts = self.name.removesuffix(self.label).strip(".").split(".")[1:]
        return "/".join(parts)


COMMAND = (
    Stop("scripts.solve.command", 'habilis solve "..."'),
    Stop("llm_planner.run.plan.Plan", "skills with their arguments"),
    Stop("policies.skills.executor.run", "runs n programs in lockstep"),
    Stop("policies.skills.skill.Skill", "what it wants next: a pose"),
    Stop("envs.robot.robot.Robot.command", "simulated or real, all at once"),
    Stop("envs.control.arm.ArmController", "inverse kinematics"),
    Stop("envs.control.limiter.Limiter", "bounds what is sent, always"),
    Stop("envs.world.world.World.advance", "actuator targets, (N, nu)"),
    Stop("envs.sim.protocol.Sim.rollout", "substeps of the physics"),
)
OBSERVATION = (
    Stop("assets.scene.things.Scene", "things, robot, goal, as data"),
    Stop("assets.scene.model.compile.compile_scene", "to an MjModel and its index"),
    Stop("envs.sim.protocol.Sim", "qpos, sensordata"),
    Stop("envs.world.world.World", "things by name"),
    Stop("envs.world.judging.ledger.Ledger", "who touched whom"),
    Stop("envs.world.judging.monitor.Monitor", "goal held, by the tool?"),
    Stop("envs.robot.robot.Observation", "what a robot tells"),
    Stop("policies.skills.senses.Senses", "what skills read"),
    Stop("policies.skills.attempt.Attempt", "what happened, and why"),
    Stop("llm_planner.language.describe.describe", "the scene in words, for a model"),
    Stop("llm_planner.report.page.write_report", "the run, for a person"),
)
