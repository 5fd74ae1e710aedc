"""An instant of a session, as a page shows it."""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene
from habilis.llm_planner.studio.account import EpisodeAccount
from habilis.llm_planner.studio.stage import Setting


@dataclasses.dataclass(frozen=True, eq=False)
class Instant:
    """Copies, not views; whoever has one may keep it.

    Attributes:
      scene: that is shown.
      model: of the engine; another object where what is drawn is to be made anew.
      time: s since the reset.
      span: first and last time that one can go back to, s.
      playing: whether time goes on.
      acting: what acts, '' if the robot stands still.
      pos, quat: (nbody, 3) m, (nbody, 4) wxyz of all bodies of the model.
      contacts, forces: (K, 3) m, (K, 3) N of contacts, in the world.
      tcp, rot: (3,) m, (3, 3) of the tool centre point.
      aperture: opening of the end effector, m.
      account: of the episode.
    """

    scene: Scene
    model: mujoco.MjModel
    time: float
    span: tuple[float, float]
    playing: bool
    acting: str
    pos: Array
    quat: Array
    contacts: Array
    forces: Array
    tcp: Array
    rot: Array
    aperture: float
    account: EpisodeAccount


def capture(
    stage: Setting, told: EpisodeAccount, span: tuple[float, float], playing: bool, acting: str
) -> Instant:
    """The present of a stage."""
    data, seen = stage.look(), stage.robot.observe()
    contacts, forces = _contacts(stage.model, data)
    return Instant(
        stage.scene, stage.model, stage.time, (span[0], max(span[1], stage.time)), playing, acting,
        data.xpos.copy(), data.xquat.copy(), contacts, forces,
        seen.tcp[0], seen.rot[0], float(seen.aperture[0]), told,
    )  # fmt: skip


def _contacts(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[Array, Array]:
    """Points (K, 3) m and forces (K, 3) N, in the world, of contacts that press."""
    points, forces, local = [], [], np.zeros(6)
    for i in range(data.ncon):
        contact = data.contact[i]
        if contact.efc_address < 0:
            continue
        mujoco.mj_contactForce(model, data, i, local)
        points.append(contact.pos.copy())
        forces.append(contact.frame.reshape(3, 3).T @ local[:3])
    return np.array(points).reshape(-1, 3), np.array(forces).reshape(-1, 3)
