<?php

namespace App\Controller;

use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\Response;

class HealthController extends AbstractController
{
    public function show(): Response
    {
        return new Response('up');
    }
}
