<?php
// What a PHP program puts around the functions of wrt.cdef: failures that are thrown, handles that are kept to be given back.
declare(strict_types=1);

// Both are those of the repository, or where WRT_LIBRARY and WRT_CDEF say.
$wrt = FFI::cdef(
    file_get_contents(getenv('WRT_CDEF') ?: __DIR__ . '/../../include/wrt.cdef'),
    getenv('WRT_LIBRARY') ?: __DIR__ . '/../../target/release/libwrt.so');

/** What a failed function says: its status, a sentence, the trap, and the functions it came out of, innermost first. */
final class WrtError extends RuntimeException {
    public ?int $trap = null;
    public array $frames = [];

    public function __construct(FFI $wrt, FFI\CData $error) {
        parent::__construct($wrt->wrt_status_name($error->status) . ': ' . FFI::string($error->message));
        if ($error->status === $wrt->WRT_ERR_TRAP) $this->trap = $error->trap;
        $frame = $wrt->new('wrt_frame');
        $frame->struct_size = FFI::sizeof($frame);
        for ($i = 0; $wrt->wrt_error_frame(FFI::addr($error), $i, FFI::addr($frame)) === $wrt->WRT_OK; $i++) {
            $this->frames[] = $frame->func_name === null ? '?' : FFI::string($frame->func_name);
        }
        $wrt->wrt_error_clear(FFI::addr($error));
    }
}

/** Calls a function with a wrt_error behind its other arguments, and throws what it tells. */
$check = function (string $function, mixed ...$args) use ($wrt): void {
    $error = $wrt->new('wrt_error');
    $args[] = FFI::addr($error);
    if ($wrt->$function(...$args) !== $wrt->WRT_OK) throw new WrtError($wrt, $error);
};

/** The handle that a function makes, a `$type *`. */
$handles = [];
$make = function (string $type, string $function, mixed ...$args) use ($wrt, $check, &$handles): FFI\CData {
    $out = $wrt->new("$type *");
    $check($function, ...[...$args, FFI::addr($out)]);
    return $handles[] = $out;
};
