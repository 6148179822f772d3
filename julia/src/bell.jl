# Bells: how a thread of the library wakes a Julia task, without running any Julia code itself. A bell is never freed, since a thread
# may be about to ring it; one that rings late wakes somebody who looks, and waits again.

const BELLS = Base.AsyncCondition[]
const IDLE_BELLS = Base.AsyncCondition[]
const BELLS_GUARD = Threads.SpinLock()

"A bell for this task, until `give_bell`."
function take_bell()
    lock(BELLS_GUARD)
    bell = isempty(IDLE_BELLS) ? nothing : pop!(IDLE_BELLS)
    unlock(BELLS_GUARD)
    bell === nothing ? make_bell() : bell
end

@noinline function make_bell()
    bell = Base.AsyncCondition()
    lock(BELLS_GUARD)
    push!(BELLS, bell)
    unlock(BELLS_GUARD)
    bell
end

function give_bell(bell)
    lock(BELLS_GUARD)
    push!(IDLE_BELLS, bell)
    unlock(BELLS_GUARD)
    nothing
end

"What the library calls to ring a bell, with the bell's handle."
ring_function() = cglobal(:uv_async_send)

"Rings a bell from here."
ring(bell) = (ccall(:uv_async_send, Cint, (Ptr{Cvoid},), bell.handle); nothing)
