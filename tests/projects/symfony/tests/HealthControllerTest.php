<?php

namespace App\Tests;

use Symfony\Bundle\FrameworkBundle\Test\WebTestCase;

class HealthControllerTest extends WebTestCase
{
    public function testItIsUp(): void
    {
        $client = static::createClient();
        $client->request('GET', '/up');

        $this->assertResponseIsSuccessful();
    }
}
