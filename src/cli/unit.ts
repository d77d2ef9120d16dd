/**
 * A unit of systemd for a governor. Pure.
 */
import { printable } from "../operations/inWords.ts"
import { type Numbers, startInWords, startSeconds, stopSeconds, watchdogSeconds } from "./numbers.ts"

/** `exec` is the command line of the program. */
export const unit = (numbers: Numbers, exec = `/usr/bin/node /srv/${fileName(numbers.name)}/main.js`): string =>
  `[Unit]
Description=${line(numbers.name).replaceAll("%", "%%")}
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
# Where the program has to say that it is ready through systemd-notify, a process of its own says so.
NotifyAccess=all
ExecStart=${line(exec)}
Restart=on-failure
# Exit code 78, with exitCodes: "cause": the options are wrong, and no restart repairs them.
RestartPreventExitStatus=78
# ${startInWords(numbers)}
TimeoutStartSec=${startSeconds(numbers)}
# A shutdown of the governor, and 5 s.
TimeoutStopSec=${stopSeconds(numbers)}
# ${
    numbers.heartbeat === undefined
      ? "No service has a heartbeat."
      : "Twice the longest heartbeat of a service, at least 10 s."
  }
WatchdogSec=${watchdogSeconds(numbers)}
# The signal is for the program, and not for the processes of its services.
KillMode=mixed

[Install]
WantedBy=multi-user.target
`

/** The value of a setting ends with its line, unless that ends with a backslash. */
const line = (text: string): string => printable(text).replace(/[\\ ]+$/, "")

const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, "-")
