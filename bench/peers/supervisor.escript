#!/usr/bin/env escript
%% -*- erlang -*-
%%! +P 1000000
%% Erlang's supervisor: it does what bench/workloads/ say, counts as they do, and prints the figures they print.
%%
%%   escript bench/peers/supervisor.escript idle 10000 1000

-mode(compile).
-behaviour(supervisor).
-export([init/1, start_service/1, service/1]).

-define(HOUR, 3600000).
-define(SETTLE, 30).

main([Workload, Count, Millis]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    try measure(Workload, list_to_integer(Count), list_to_integer(Millis)) of
        Figures ->
            Fields = [io_lib:format("\"~s\": ~.3f", [Name, float(Value)]) || {Name, Value} <- Figures],
            io:format("{~s}~n", [lists:join(", ", Fields)])
    catch
        _:Reason ->
            io:format(standard_error, "~p~n", [Reason]),
            halt(1)
    end;
main(["version"]) ->
    io:format("~s~n", [erlang:system_info(otp_release)]).

measure("idle", Count, _) ->
    stop(start(simple_one_for_one, 1000, wait, counters:new(1, []))),
    Began = counters:new(1, []),
    [garbage_collect(Process) || Process <- processes()],
    {Heap, Rss, Processes} = {erlang:memory(total), rss(), erlang:system_info(process_count)},
    {Start, Supervisor} = took(fun() -> start(simple_one_for_one, Count, wait, Began) end),
    verify(services_began, counters:get(Began, 1), Count),
    {HeapEach, RssEach} = {(erlang:memory(total) - Heap) / Count, (rss() - Rss) / Count},
    {Stop, _} = took(fun() -> stop(Supervisor) end),
    verify(processes_left, erlang:system_info(process_count) - Processes, 0),
    timer:sleep(?SETTLE),
    verify(services_began_some_after_the_stop, counters:get(Began, 1), Count),
    [{"start, \\u00b5s each", Start / Count}, {"heap, bytes each", HeapEach}]
        ++ [{"RSS, bytes each", RssEach} || Rss > 0]
        ++ [{"stop, \\u00b5s each", Stop / Count}];
measure("crash", _, Millis) ->
    Began = counters:new(1, []),
    Crashes = 5 * Millis,
    Supervisor = start(one_for_one, 1, {crash, self()}, Began),
    Gaps = lists:sort(gaps(Crashes, none, [])),
    stop(Supervisor),
    After = counters:get(Began, 1),
    verify(runs, After >= Crashes, true),
    timer:sleep(?SETTLE),
    verify(runs_some_after_the_stop, counters:get(Began, 1), After),
    [{"crash to next run p50, \\u00b5s", quantile(Gaps, 0.5)}, {"crash to next run p99, \\u00b5s", quantile(Gaps, 0.99)}];
measure("sleepers", Count, Millis) ->
    {Began, WakeUps, Late} = {counters:new(1, []), counters:new(1, [write_concurrency]), ets:new(late, [public])},
    Supervisor = start(simple_one_for_one, Count, {sleep, WakeUps, Late}, Began),
    timer:sleep(Millis div 3),
    verify(services_began, counters:get(Began, 1), Count),
    ets:delete_all_objects(Late),
    {Before, _} = {counters:get(WakeUps, 1), statistics(runtime)},
    {Time, _} = took(fun() -> timer:sleep(Millis) end),
    {Seen, {_, Cpu}} = {counters:get(WakeUps, 1) - Before, statistics(runtime)},
    Lateness = lists:sort([Each || {_, Each} <- ets:tab2list(Late)]),
    stop_sleepers(Supervisor, WakeUps, Began, Count),
    [{"wake-ups per s", 1.0e6 * Seen / Time}, {"CPU per wake-up, \\u00b5s", 1000 * Cpu / Seen},
     {"late p50, ms", quantile(Lateness, 0.5)}, {"late p99, ms", quantile(Lateness, 0.99)}];
measure("sleepers stop", Count, Millis) ->
    {Began, WakeUps, Late} = {counters:new(1, []), counters:new(1, [write_concurrency]), ets:new(late, [public])},
    Supervisor = start(simple_one_for_one, Count, {sleep, WakeUps, Late}, Began),
    timer:sleep(Millis div 3),
    verify(services_began, counters:get(Began, 1), Count),
    [{"stop, \\u00b5s each", stop_sleepers(Supervisor, WakeUps, Began, Count) / Count}].

stop_sleepers(Supervisor, WakeUps, Began, Count) ->
    {Stop, _} = took(fun() -> stop(Supervisor) end),
    After = counters:get(WakeUps, 1),
    verify(wake_ups, After > 0, true),
    timer:sleep(?SETTLE),
    verify(wake_ups_some_after_the_stop, counters:get(WakeUps, 1), After),
    verify(services_began_some_after_the_stop, counters:get(Began, 1), Count),
    Stop.

%% The supervisor

start(Strategy, Count, Work, Began) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, {Strategy, {Work, Began}}),
    case Strategy of
        simple_one_for_one -> [{ok, _} = supervisor:start_child(Supervisor, []) || _ <- lists:seq(1, Count)];
        one_for_one -> ok
    end,
    Supervisor.

init({Strategy, Arguments}) ->
    Service = #{id => service, start => {?MODULE, start_service, [Arguments]}, restart => permanent},
    {ok, {#{strategy => Strategy, intensity => 1000000, period => 1}, [Service]}}.

stop(Supervisor) ->
    Monitor = monitor(process, Supervisor),
    exit(Supervisor, shutdown),
    receive {'DOWN', Monitor, _, _, _} -> ok end.

%% The services

start_service(Arguments) ->
    proc_lib:start_link(?MODULE, service, [Arguments]).

service({Work, Began}) ->
    Now = now_us(),
    counters:add(Began, 1, 1),
    proc_lib:init_ack({ok, self()}),
    run(Work, Now, counters:get(Began, 1) rem 100).

run(wait, _, _) ->
    receive stop -> ok end;
run({crash, Main}, Now, _) ->
    Main ! {began, Now},
    receive after 1 -> ok end, % the supervisor's list of restarts stays short
    Main ! {crashed, now_us()},
    exit(crash);
run({sleep, WakeUps, Late}, Now, 0) -> % one of a hundred is looked at for how late it wakes up
    sleep(WakeUps, Late, Now);
run({sleep, WakeUps, _}, _, _) ->
    sleep(WakeUps).

sleep(WakeUps) ->
    receive after 10 -> ok end,
    counters:add(WakeUps, 1, 1),
    sleep(WakeUps).

sleep(WakeUps, Late, Last) ->
    receive after 10 -> ok end,
    counters:add(WakeUps, 1, 1),
    Now = now_us(),
    ets:insert(Late, {make_ref(), (Now - Last) / 1000 - 10}),
    sleep(WakeUps, Late, Now).

%% Numbers

gaps(0, _, Gaps) -> Gaps;
gaps(Count, Crashed, Gaps) ->
    receive
        {crashed, Now} -> gaps(Count, Now, Gaps);
        {began, _} when Crashed =:= none -> gaps(Count, none, Gaps);
        {began, Now} -> gaps(Count - 1, none, [Now - Crashed | Gaps])
    end.

took(Do) ->
    Began = now_us(),
    Result = Do(),
    {now_us() - Began, Result}.

now_us() -> erlang:monotonic_time(nanosecond) / 1000.

quantile(Sorted, Part) ->
    lists:nth(1 + min(length(Sorted) - 1, trunc(length(Sorted) * Part)), Sorted).

verify(_, Expected, Expected) -> ok;
verify(What, Actual, Expected) -> error({wrong_count, What, Actual, not_expected, Expected}).

%% What the system says of this process, where there is such a file.
rss() ->
    case file:read_file("/proc/self/statm") of
        {ok, Text} -> 4096 * list_to_integer(lists:nth(2, string:lexemes(binary_to_list(Text), " ")));
        _ -> 0
    end.
