<?php
// Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. PHP's own FFI does it,
// from the declarations of wrt.cdef.
//
//   php examples/php/job.php examples/job.wat
declare(strict_types=1);
require __DIR__ . '/wrt.php';

// What is thrown here would end PHP, so it goes into the error.
$twice = function ($env, $caller, $slots, $nslots, $error) use ($wrt): int {
    try {
        $number = unpack('l', pack('q', $slots[0]->lo))[1];
        if ($number < 0) throw new DomainException('twice takes no negative number');
        $slots[0]->lo = 2 * $number;
        return $wrt->WRT_OK;
    } catch (Throwable $e) {
        $wrt->wrt_error_set($error, $wrt->WRT_ERR_HOST, $e->getMessage(), strlen($e->getMessage()));
        return $wrt->WRT_ERR_HOST;
    }
};

$engine = $make('wrt_engine', 'wrt_engine_new', null);
$module = $make('wrt_module', 'wrt_module_from_file', $engine, $argv[1], strlen($argv[1]));
$store = $make('wrt_store', 'wrt_store_new', $engine, null, null);
$type = $make('wrt_type', 'wrt_type_parse', $engine, '(func (param i32) (result i32))', -1);
$host = $make('wrt_func', 'wrt_func_new', $store, $type, $twice, null, null);
$imports = $wrt->new('wrt_extern *[1]');
$imports[0] = $host;
$instance = $make('wrt_instance', 'wrt_instance_new', $store, $module, $wrt->cast('wrt_extern **', FFI::addr($imports)), 1);
$exports = [];
foreach (['sum', 'average', 'memory'] as $name) {
    $exports[$name] = $make('wrt_extern', 'wrt_instance_export', $instance, $name, strlen($name));
}

/** Calls an export that takes and gives i32. */
$call = function (string $name, int ...$numbers) use ($wrt, $check, $exports): void {
    $args = $wrt->new('wrt_val[2]');
    $result = $wrt->new('wrt_val');
    foreach ($numbers as $i => $number) $args[$i]->lo = $number;
    echo $name, '(', implode(', ', $numbers), ')';
    try {
        $check('wrt_func_call', $exports[$name], FFI::addr($args[0]), count($numbers), FFI::addr($result), 1);
        echo ' = ', unpack('l', pack('q', $result->lo))[1], "\n";
    } catch (WrtError $e) {
        echo " fails: {$e->getMessage()}\n";
        if ($e->trap !== null) echo "  trap $e->trap, {$wrt->wrt_trap_name($e->trap)}\n";
        foreach ($e->frames as $frame) echo "  in $frame\n";
    }
};

$call('sum', 20, 2);
$text = $wrt->new('uint8_t[22]');
$check('wrt_memory_read', $exports['memory'], 16, FFI::addr($text[0]), 22);
echo FFI::string(FFI::addr($text[0]), 22), "\n";
$call('sum', -1, 2);
$call('average', 42, 0);
$check('wrt_close', $store);
$call('sum', 20, 2);

foreach (array_reverse($handles) as $handle) $wrt->wrt_release($handle);
echo $wrt->wrt_live_count(), " objects are left\n";
