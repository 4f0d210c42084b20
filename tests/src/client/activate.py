"""Opens a listening socket and hands it to a program, as systemd does for a socket unit.

activate.py PORT PROGRAM ARGUMENT...: for each line of standard input, "start" starts the program and "stop" asks it to end
and waits until it has; each is answered with "done". The socket stays open all the while.
"""
import os
import signal
import socket
import sys

listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
program = sys.argv[2:]
child = None
for line in sys.stdin:
    if line.strip() == "start":
        child = os.fork()
        if child == 0:
            os.dup2(listening.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
            os.execv(program[0], program)
    elif child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        child = None
    print("done", flush=True)
if child:
    os.kill(child, signal.SIGKILL)
