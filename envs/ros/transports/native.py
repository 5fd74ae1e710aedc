"""ROS messages through rclpy in this process: needs a sourced ROS 2 of this Python's version."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.messages.conversion import from_dict, load, to_dict
from habilis.envs.ros.transports.base import (
    CANCEL_GOAL,
    Disconnected,
    GoalEnd,
    GoalStatus,
    Message,
    OnGoal,
    OnMessage,
    TransportError,
)
from habilis.envs.ros.transports.inbox import LOG
from habilis.envs.ros.transports.native_goals import NativeGoal, NativeRunning, guarded

NODE = "habilis"  # in the graph
FOUND = 5.0  # s that a server has to be discovered: it took 2.5 on a busy machine
ASKED = 10  # times that a server is asked to cancel all, in FOUND
SOURCE = "source /opt/ros/jazzy/setup.bash"


class RclpyTransport:
    """See ``Transport`` in ``habilis.envs.ros.transports.base``. No connection
    can be lost.

    Commands are published reliably, newest only; subscriptions take what any publisher offers.
    """

    def __init__(self) -> None:
        self.name = f"rclpy node {NODE}"
        self._node: Any = None
        self._lock = threading.RLock()
        self._todo: list[Callable[[], object]] = []  # what was asked for before there was a node
        self._types: dict[str, str] = {}
        self._publishers: dict[str, Any] = {}
        self._clients: dict[str, Any] = {}
        self._running: list[NativeGoal] = []
        self._kept: list[Any] = []

    @property
    def connected(self) -> bool:
        """Whether the node is in the graph."""
        return self._node is not None

    def connect(self, timeout: float = 5.0) -> None:
        """Join the graph.

        Raises:
          Disconnected: there is no ROS 2 in this process.
        """
        if self.connected:
            return
        try:
            import rclpy
            from rclpy.executors import SingleThreadedExecutor
            from rclpy.signals import SignalHandlerOptions
        except ImportError as error:
            raise Disconnected(
                f"rclpy cannot be imported ({error}): {SOURCE} first, in a Python of the version "
                "that ROS was built for; or go through rosbridge, which needs no ROS here"
            ) from error
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        node = rclpy.create_node(
            NODE,
            context=self._context,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(node)
        with self._lock:
            self._node = node
            for job in self._todo:
                job()
        self._thread = threading.Thread(target=self._spin, daemon=True, name=self.name)
        self._thread.start()

    def close(self) -> None:
        """Cancel the goals under way and leave the graph; may be called twice."""
        node, self._node = self._node, None
        if node is None:
            return
        for goal in list(self._running):
            goal.cancel()
        for goal in list(self._running):
            goal.wait(0.5)
            goal.end(GoalStatus.LOST, {}, "closed while it may be running")
        self._executor.shutdown(timeout_sec=1.0)
        self._context.try_shutdown()
        self._thread.join(2.0)
        node.destroy_node()

    def watch(self, told: Callable[[bool], None]) -> None:
        """Do nothing: DDS has no connection that is lost as a whole."""

    def subscribe(self, topic: str, type: str, told: OnMessage) -> None:
        """Have ``told`` called with each message of a topic, newest kept if it cannot follow."""
        kind = self._known(topic, type)

        def job() -> None:
            offered = self._node.get_publishers_info_by_topic(topic)
            latched = [bool(o.qos_profile.durability.value == 1) for o in offered]
            qos = _qos(5, reliable=any(latched), latched=any(latched))
            self._kept.append(
                self._node.create_subscription(
                    kind(), topic, lambda message: guarded(told, to_dict(message)), qos
                )
            )

        self._do(job)

    def advertise(self, topic: str, type: str, latched: bool = False) -> None:
        """Announce that messages will be published; ``latched`` keeps the last for latecomers."""
        kind = self._known(topic, type)

        def job() -> None:
            qos = _qos(1, reliable=True, latched=latched)
            self._publishers[topic] = self._node.create_publisher(kind(), topic, qos)

        if topic not in self._publishers:
            self._do(job)

    def publish(self, topic: str, message: Message) -> None:
        """Send a message of an advertised topic; Disconnected if there is no connection."""
        self._check_up()
        if topic not in self._publishers:
            raise TransportError(f"{topic} was not advertised")
        self._publishers[topic].publish(from_dict(load(self._types[topic]), message))

    def call(self, service: str, type: str, request: Message, timeout: float = 2.0) -> Message:
        """Call a service from any thread but a callback's; TransportError without an answer."""
        end = time.monotonic() + timeout
        client, filled = self._client(service, type), from_dict(load(type).Request, request)
        if not client.wait_for_service(timeout):
            raise TransportError(f"nobody offers the service {service} within {timeout:g} s")
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        client.call_async(filled).add_done_callback(answers.put)
        try:
            return to_dict(answers.get(timeout=max(0.0, end - time.monotonic())).result())
        except queue.Empty:
            raise TransportError(f"{service} did not answer within {timeout:g} s") from None

    def post(self, service: str, type: str, request: Message) -> None:
        """Call a service without waiting for its answer, from any thread."""
        client, filled = self._client(service, type), from_dict(load(type).Request, request)

        def wait() -> None:
            if client.wait_for_service(FOUND):
                client.call_async(filled)
            else:
                LOG.error("rclpy: nobody offers the service %s", service)

        if client.service_is_ready():
            client.call_async(filled)
        else:
            threading.Thread(target=wait, daemon=True).start()

    def send_goal(
        self,
        action: str,
        type: str,
        goal: Message,
        feedback: OnMessage | None = None,
        done: Callable[[GoalEnd], None] | None = None,
    ) -> NativeGoal:
        """Send a goal to an action server; returns at once. Disconnected without a connection."""
        client, filled = self._action_client(action, type), from_dict(load(type).Goal, goal)
        sent = NativeGoal(action, feedback, done, self._running.remove)
        self._running.append(sent)

        def wait() -> None:
            if client.wait_for_server(FOUND):
                sent.send(client, filled)
            else:
                sent.end(GoalStatus.REJECTED, {}, f"nobody offers the action {action}")

        if client.server_is_ready():
            sent.send(client, filled)
        else:
            threading.Thread(target=wait, daemon=True).start()
        return sent

    def cancel_all(self, action: str) -> None:
        """Ask an action server to cancel every goal it has, whoever sent it; returns at once."""
        self._check_up()
        service = f"{action}/_action/cancel_goal"

        def ask() -> None:
            for _ in range(ASKED):  # a server that was just discovered may miss the first
                try:
                    self.call(service, CANCEL_GOAL, {}, FOUND / ASKED)
                    return
                except TransportError as error:
                    failure = error
            LOG.error("rclpy: %s", failure)

        threading.Thread(target=ask, daemon=True).start()

    def serve(self, service: str, type: str, answer: Callable[[Message], Message]) -> None:
        """Offer a service."""

        def job() -> None:
            kind = load(type)

            def on_call(request: Any, response: Any) -> Any:
                values = guarded(answer, to_dict(request))
                return response if values is None else from_dict(kind.Response, values)

            self._kept.append(self._node.create_service(kind, service, on_call))

        self._do(job)

    def serve_action(self, action: str, type: str, take: OnGoal) -> None:
        """Offer an action."""

        def job() -> None:
            from rclpy.action import ActionServer, CancelResponse, GoalResponse

            kind, taken = load(type), dict[int, NativeRunning]()

            def on_goal(request: Any) -> Any:
                running = NativeRunning(to_dict(request), kind)
                refused = guarded(take, running)
                refused = "taking it failed" if refused is None else refused
                if not refused:
                    taken[id(request)] = running
                else:
                    LOG.warning("%s: goal rejected: %s", action, refused)
                return GoalResponse.REJECT if refused else GoalResponse.ACCEPT

            async def work(handle: Any) -> Any:
                return await taken.pop(id(handle.request)).work(handle, self._executor)

            self._kept.append(
                ActionServer(
                    self._node,
                    kind,
                    action,
                    work,
                    goal_callback=on_goal,
                    cancel_callback=lambda handle: CancelResponse.ACCEPT,
                )
            )

        self._do(job)

    def _do(self, job: Callable[[], object]) -> None:
        """Now, or as soon as there is a node."""
        with self._lock:
            if self._node is not None:
                job()
            else:
                self._todo.append(job)

    def _known(self, topic: str, type: str) -> Callable[[], Any]:
        known = self._types.setdefault(topic, type)
        if known != type:
            raise TransportError(f"{topic} is of type {known}, not {type}")
        return lambda: load(type)

    def _check_up(self) -> Any:
        if self._node is None:
            raise Disconnected(f"{self.name}: not connected")
        return self._node

    def _client(self, service: str, type: str) -> Any:
        node = self._check_up()
        with self._lock:
            if service not in self._clients:
                self._clients[service] = node.create_client(load(type), service)
            return self._clients[service]

    def _action_client(self, action: str, type: str) -> Any:
        from rclpy.action import ActionClient

        node = self._check_up()
        with self._lock:
            key = f"action {action}"
            if key not in self._clients:
                self._clients[key] = ActionClient(node, load(type), action)
            return self._clients[key]

    def _spin(self) -> None:
        from rclpy.executors import ExternalShutdownException

        try:
            self._executor.spin()
        except ExternalShutdownException:
            pass


def _qos(depth: int, *, reliable: bool, latched: bool) -> Any:
    from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

    return QoSProfile(
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
