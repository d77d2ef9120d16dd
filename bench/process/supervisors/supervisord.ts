import { execFileSync, spawn } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Crew } from "../Crew.ts"
import { end, install, isOnPath, now, until } from "../system.ts"
import type { Supervisor } from "./Supervisor.ts"

/** As quick as it can be told to be: a process has started at once, and is started again at once. */
const settings = ({ count, folder, program }: Crew, isAtOnce: boolean): string =>
  `[supervisord]
nodaemon=true
user=${process.getuid!() === 0 ? "root" : ""}
logfile=/dev/null
logfile_maxbytes=0
pidfile=${join(folder, "supervisord.pid")}

[unix_http_server]
file=${join(folder, "socket")}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://${join(folder, "socket")}

[program:child]
command=${program}
numprocs=${count}
process_name=child%(process_num)d
autostart=${isAtOnce}
autorestart=true
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`

export const supervisord: Supervisor = {
  title: "supervisord",
  pause: "it looks once a second (startsecs=0, autorestart=true)",
  hasCommand: true,
  missing: async () =>
    isOnPath("supervisord") || install("supervisor") ? undefined : "there is no supervisord on the PATH",
  version: () => execFileSync("supervisord", ["--version"], { encoding: "utf8" }).trim(),
  begin: async (crew, isAtOnce) => {
    const config = join(crew.folder, "supervisord.conf")
    writeFileSync(config, settings(crew, isAtOnce))
    const child = spawn("supervisord", ["-n", "-c", config], { stdio: "ignore" })
    if (!isAtOnce) await until(() => existsSync(join(crew.folder, "socket")))
    return {
      start: async () => {
        const moment = now()
        spawn("supervisorctl", ["-c", config, "start", "all"], { stdio: "ignore" })
        return moment
      },
      end: () => end(child.pid!)
    }
  }
}
