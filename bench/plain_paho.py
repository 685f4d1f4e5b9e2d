"""paho-mqtt as anyone uses it, doing nothing with messages: `python -m bench.plain_paho PORT CLIENT COUNT`."""

from __future__ import annotations

import os
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.process import LOOPBACK


def main(port: str, client_id: str, count: str) -> None:
    left = int(count)

    def on_message(client: mqtt.Client, _data: object, _message: mqtt.MQTTMessage) -> None:
        nonlocal left
        left -= 1
        if not left:
            print("done", flush=True)
            client.disconnect()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    client.username_pw_set(os.environ["BENCH_MQTT_USER"], os.environ["BENCH_MQTT_PASSWORD"])
    client.on_message = on_message
    client.connect(LOOPBACK, int(port), keepalive=60)
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
