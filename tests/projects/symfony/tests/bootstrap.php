<?php

use Symfony\Component\Dotenv\Dotenv;

// Debian's packages, where Composer has not installed any.
if (is_file(dirname(__DIR__).'/vendor/autoload.php')) {
    require dirname(__DIR__).'/vendor/autoload.php';
} else {
    foreach (['Bundle/FrameworkBundle', 'Component/BrowserKit', 'Component/Dotenv', 'Component/Yaml'] as $package) {
        require_once '/usr/share/php/Symfony/'.$package.'/autoload.php';
    }
    spl_autoload_register(function (string $class): void {
        $file = dirname(__DIR__).'/src/'.str_replace('\\', '/', substr($class, strlen('App\\'))).'.php';
        if (str_starts_with($class, 'App\\') && is_file($file)) {
            require $file;
        }
    });
}

(new Dotenv())->bootEnv(dirname(__DIR__).'/.env');
