"""A roadside made of other people's parts: an analyser behind pymodbus' TCP server, a weather station behind its RTU server on
a serial line or (RTU frames over TCP) on a port, and a speed board on a pty, written here from the protocol's description alone.

Run by a Python that has pymodbus: foreign_devices.py --tcp PORT --gate LINK (--tty PTY | --rtu-tcp PORT)
Says "ready", then reads one JSON object a line and says "done" after each:
  {"weather": [wind m/s, wind deg, degC, %, hPa]}
  {"vehicle": n, "speed_km_h": v, "acceleration_m_s2": a, "plume": [CO2 %, CO, HC, NO, NO2, r2 or null], "samples": k}
"""

import argparse
import asyncio
import json
import math
import os
import pty
import struct
import sys
import tty

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

INPUT, HOLDING = 4, 3


def words(data, low_first=False):
    """Bytes as registers; `low_first` swaps the two of each 32 bits (CDAB)."""
    found = list(struct.unpack(f">{len(data) // 2}H", data))
    if low_first:
        found[0::2], found[1::2] = found[1::2], found[0::2]
    return found


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class Gate:
    """Stdbus board 30 (devices.md 5): reports vehicles, answers the question for the newest."""

    def __init__(self, link):
        self.line, other = pty.openpty()
        tty.setraw(self.line)
        tty.setraw(other)
        os.symlink(os.ttyname(other), link)
        self.other, self.newest, self.waiting = other, struct.pack("<IBff", 0, 1, math.nan, math.nan), b""

    @staticmethod
    def frame(addresses, sub, payload):
        body = bytes([0, 0, 0, 0, len(addresses), 1, *addresses, 0x40, sub]) + struct.pack(">H", len(payload)) + payload
        body += crc16(body)
        for byte in (0x7C, 0x7B, 0x7D):  # the escape itself first
            body = body.replace(bytes([byte]), bytes([0x7C, byte ^ 0x7C]))
        return b"\x7b" + body + b"\x7d"

    def passes(self, vehicle):
        self.newest = struct.pack("<IBff", vehicle["vehicle"], 1, vehicle["speed_km_h"] * 1000, vehicle["acceleration_m_s2"])
        os.write(self.line, self.frame((0x30, 0x10), 0x66, self.newest))

    def readable(self):
        self.waiting = (self.waiting + os.read(self.line, 256))[-256:]
        while b"\x7d" in self.waiting:
            question, self.waiting = self.waiting.split(b"\x7d", 1)
            question = question[question.rfind(b"\x7b") + 1:]
            if len(question) >= 12 and question[8:10] == b"\x40\x55":
                os.write(self.line, self.frame((0x30, question[6]), 0xAA, self.newest))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tcp", type=int, required=True)
    parser.add_argument("--tty")
    parser.add_argument("--rtu-tcp", type=int)
    parser.add_argument("--gate", required=True)
    options = parser.parse_args()

    def block(count):
        return ModbusSequentialDataBlock(0, [0] * count)

    analyser = ModbusSlaveContext(ir=block(1124), zero_mode=True)
    weather = ModbusSlaveContext(hr=block(10), zero_mode=True)
    gate = Gate(options.gate)
    tcp = ModbusTcpServer(ModbusServerContext({1: analyser}, single=False), ModbusSocketFramer, address=("127.0.0.1", options.tcp),
                          allow_reuse_address=True)
    station = ModbusServerContext({1: weather}, single=False)
    if options.tty:
        rtu = ModbusSerialServer(station, ModbusRtuFramer, port=options.tty, baudrate=9600, ignore_missing_slaves=True)
        await rtu.start()
    else:
        rtu = ModbusTcpServer(station, ModbusRtuFramer, address=("127.0.0.1", options.rtu_tcp), allow_reuse_address=True)
    serving = [asyncio.create_task(server.serve_forever()) for server in (tcp, rtu)]
    await tcp.serving
    if not options.tty:
        await rtu.serving

    loop = asyncio.get_running_loop()
    loop.add_reader(gate.line, gate.readable)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print("ready", flush=True)
    while line := await orders.readline():
        order = json.loads(line)
        if "weather" in order:
            weather.setValues(HOLDING, 0, words(struct.pack(">5f", *order["weather"]), low_first=True))
        else:
            number = order["vehicle"]
            slot = struct.pack(">I6fHH", number, *(math.nan if v is None else v for v in order["plume"]), order["samples"], number & 0xFFFF)
            analyser.setValues(INPUT, 100 + 16 * (number % 64), words(slot))
            gate.passes(order)
            analyser.setValues(INPUT, 0, words(struct.pack(">I", number)))
        print("done", flush=True)
    for task in serving:
        task.cancel()


asyncio.run(main())
