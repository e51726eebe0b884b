%% Lets the nodes of the bus find one another again after a cut of the network. RabbitMQ evaluates it at
%% its start, with `Port` (its clients') and `Peers` ([{Node, Address}]) bound above.
%%
%% On Khepri nothing else makes a broken connection anew between two nodes that have nothing to say, and no
%% node is told that another is back: later versions of RabbitMQ do, from 4.3 on.
%%
%% A node that boots is left alone, and leaves others alone: being called in the middle of its boot it may
%% wait for the name server of the caller, and that for its own, for ever. It listens to clients last.
Serves = fun(Address) ->
    case gen_tcp:connect(Address, Port, [], 1000) of
        {ok, Socket} -> gen_tcp:close(Socket) =:= ok;
        {error, _} -> false
    end
end.
Found = fun({Node, Address}) -> Serves(Address) andalso net_kernel:connect_node(Node) =:= true end.
Lost = fun(Before) ->
    [Peer || {Node, _} = Peer <- Peers, lists:member(Peer, Before) orelse not lists:member(Node, nodes())]
end.
Greet = fun([]) -> ok; (_) -> rabbit_node_monitor:notify_node_up() end.
Heard = fun Heard(Before) ->
    receive
        {nodedown, Node} -> Heard([Peer || {Name, _} = Peer <- Peers, Name =:= Node] ++ Before);
        {nodeup, _} -> Heard(Before)
    after 0 -> Before
    end
end.
Look = fun(Before) ->
    {Back, Missing} = lists:partition(Found, Lost(Heard(Before))),
    Greet(Back),
    Missing
end.
Round = fun(Before) ->
    try rabbit:is_running() andalso Look(Before) of
        false -> Peers;
        Missing -> Missing
    catch _:_ -> Before
    end
end.
Watch = fun Watch(Before) ->
    Missing = Round(Before),
    timer:sleep(1000),
    Watch(Missing)
end.
spawn(fun() -> net_kernel:monitor_nodes(true), Watch(Peers) end).
