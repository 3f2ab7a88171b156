"""A local Slack workspace: Web API, Socket Mode, signed HTTP and response_url; it refuses what Slack refuses."""

from demo.workspace.deliveries import Ack, Delivery
from demo.workspace.people import Channel, Person
from demo.workspace.state import Call, Message
from demo.workspace.workspace import Workspace

__all__ = ["Ack", "Call", "Channel", "Delivery", "Message", "Person", "Workspace"]
